"""The interoperation suite. `cases` says what is tried; `kubo` and `bitswap` drive the programs."""
