"""PromQL: a parser that says which metrics a query reads, and what is wrong with it."""
