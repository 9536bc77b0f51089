"""What may go wrong between the stages and AWS, on a virtual clock: an in-memory fake of what the
stages work with (`rows`, `articles`, `alerts`, `stories`, `budgets`, `outside`, `queue`), what
happens to calls of it (`injector`), a world of news in it (`news`, `world`), what must hold in the
end (`oracle`), and bugs that must be found (`bugs`). Tests and benchmarks/faults.py share it."""
