namespace Bifrost.Calls.Board;

/// <summary>What a silo's report says that only the composition knows.</summary>
/// <param name="Version">The build's version.</param>
/// <param name="JobsRunning">How many jobs this process runs now.</param>
public sealed record SiloFacts(string Version, Func<int> JobsRunning);
