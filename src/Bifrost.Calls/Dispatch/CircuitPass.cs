namespace Bifrost.Calls.Dispatch;

/// <summary>Leave to make one call through a circuit; given back with <see cref="Circuit.Report"/> exactly once.</summary>
/// <param name="Era">Number of state changes before the call: a result of an older era says nothing about this one.</param>
public readonly record struct CircuitPass(int Era);
