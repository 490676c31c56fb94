"""What is asked: each language is parsed, checked and turned into `lakmus.query.ir`."""
