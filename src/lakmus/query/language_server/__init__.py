"""A language server for CQL over standard input and output (LSP 3.17): errors, hovers, definitions, symbols, formatting.

messages            the frames of JSON-RPC, bounded
documents           texts with positions as editors count them
folder              what may be read from disk: libraries and models beside the document
analysis · answers  what is known about a text, and what is said about it
server              which method is answered by whom

The frames are our own: the libraries for this read a message of whatever length is announced, and add four packages.
"""

from lakmus.query.language_server.server import serve

__all__ = ["serve"]
