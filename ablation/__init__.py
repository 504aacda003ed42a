"""Augmentation ablation studies in self-supervised learning."""
