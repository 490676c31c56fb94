"""An engine of others as a witness: `@cqframework/cql` translates, `cql-execution` answers, what differs is explained.

Both are Apache-2.0, run apart from the project in Node and are no dependency of it. `differences.toml` says which
differences are known and why; `python -m tests.query.cql.oracle --seeds 0 100` looks for others.
"""
