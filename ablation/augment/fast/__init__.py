"""Operations that are equal to Kornia's and cost less.

Kornia defines each operation and draws its parameters; only the pixels are computed in another way. Kornia's
module is kept as `.reference`: with the same seed, both return the same images, up to the rounding stated in
the tests. Noise is missing because Kornia's own is fastest.
"""
