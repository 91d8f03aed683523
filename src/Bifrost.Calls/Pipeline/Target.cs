using Bifrost.Catalog.Model;

namespace Bifrost.Calls.Pipeline;

/// <summary>One provider and its own name of the model.</summary>
public readonly record struct Target(Provider Provider, string Model);
