"""What a cell resulted in: the record, its files, and the tidy frame of a whole folder."""
