"""What `mutants/run.py` is made of: rows, the copy they are planted in, and who sees each."""
