"""The functions, one module per chapter of the standard; each fills the catalogue when imported."""
