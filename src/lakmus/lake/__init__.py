"""Where records live: typed tables, snapshots, patient buckets, two zones."""
