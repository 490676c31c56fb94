"""What may leave, and how it is changed before it leaves."""
