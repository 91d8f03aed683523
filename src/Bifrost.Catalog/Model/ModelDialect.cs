namespace Bifrost.Catalog.Model;

/// <summary>What a request says of tools and of how much to think, as far as some models take it in one of a provider's APIs only.</summary>
[Flags]
public enum ToolEffort
{
    /// <summary>It has no tools.</summary>
    NoTools = 1,

    /// <summary>It has tools and names no effort.</summary>
    Unsaid = 2,

    /// <summary>It has tools and asks not to think.</summary>
    None = 4,

    /// <summary>It has tools and names an effort.</summary>
    Some = 8,

    Any = NoTools | Unsaid | None | Some,
}

/// <summary>Models of a provider that are spoken to in another of its APIs: data, the first row that fits counts.</summary>
/// <param name="Name">The beginning of the models' names.</param>
/// <param name="Dialect">The dialect of that API.</param>
/// <param name="When">Which requests go there.</param>
public sealed record ModelDialect(string Name, string Dialect, ToolEffort When)
{
    public bool Fits(string model, ToolEffort asked) => (When & asked) != 0 && model.StartsWith(Name, StringComparison.OrdinalIgnoreCase);
}
