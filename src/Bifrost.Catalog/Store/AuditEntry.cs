namespace Bifrost.Catalog.Store;

/// <summary>Who changed what. Secrets never stand in it.</summary>
public sealed record AuditEntry
{
    /// <summary>UUIDv7, made by the caller, so that a repeated transaction adds it once.</summary>
    public required Guid Id { get; init; }

    public required DateTimeOffset At { get; init; }

    /// <summary>The admin token's id, or <c>configuration</c>.</summary>
    public required string Actor { get; init; }

    /// <summary>What was done, as <c>create</c>, <c>update</c>, <c>delete</c>, <c>rotate</c>, <c>release</c>.</summary>
    public required string Action { get; init; }

    public required CatalogKey Target { get; init; }

    /// <summary>JSON of the details; may be empty.</summary>
    public string Detail { get; init; } = "";
}
