namespace Bifrost.Calls.Contracts;

/// <summary>One HTTP header.</summary>
[GenerateSerializer, Immutable, Alias("bifrost.Header")]
public readonly record struct Header
{
    public Header(string name, string value) => (Name, Value) = (name, value);

    [Id(0)] public string Name { get; init; }
    [Id(1)] public string Value { get; init; }
}
