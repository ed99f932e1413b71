"""What we claim about speed, runnable, with peers side by side: `make bench`."""
