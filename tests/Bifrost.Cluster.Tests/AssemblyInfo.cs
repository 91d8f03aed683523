[assembly: AssemblyFixture(typeof(PostgresFixture))]

// Every test has processes of its own that need the whole machine.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
