namespace Bifrost.Calls.Contracts;

/// <summary>One HTTP header.</summary>
[GenerateSerializer, Immutable, Alias("bifrost.Header")]
public readonly record struct Header
{
    /// <summary>Begins the names of headers that a caller sends for the provider (contract section 4).</summary>
    public const string ExtraPrefix = "x-bf-eh-";

    public Header(string name, string value) => (Name, Value) = (name, value);

    [Id(0)] public string Name { get; init; }
    [Id(1)] public string Value { get; init; }
}
