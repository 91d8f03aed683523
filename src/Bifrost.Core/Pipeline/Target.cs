using Bifrost.Core.Catalog;

namespace Bifrost.Core.Pipeline;

/// <summary>One provider and its own name of the model.</summary>
public readonly record struct Target(Provider Provider, string Model);
