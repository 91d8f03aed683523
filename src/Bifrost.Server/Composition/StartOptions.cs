namespace Bifrost.Server.Composition;

/// <summary>What the command line and the environment say.</summary>
internal sealed record StartOptions
{
    /// <summary>Where to listen, several parted by ';'.</summary>
    public string Urls { get; init; } = "http://127.0.0.1:8080";

    /// <summary>The configuration file; null: <c>bifrost.json</c> where it is there, else the built-in demonstration.</summary>
    public string? ConfigPath { get; init; }

    /// <summary>Folder of the demonstration's own data.</summary>
    public string DataFolder { get; init; } = "data";

    /// <summary>The token of <c>BIFROST_ADMIN_TOKEN</c>; null: the tokens of the store. A secret.</summary>
    public string? AdminToken { get; init; }

    /// <summary>Where what is told once goes.</summary>
    public TextWriter Output { get; init; } = Console.Out;

    /// <summary>The product's clock; Orleans and PostgreSQL have their own.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    public override string ToString() => nameof(StartOptions);
}
