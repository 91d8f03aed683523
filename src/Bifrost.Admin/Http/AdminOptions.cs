namespace Bifrost.Admin.Http;

/// <summary>What the admin routes are told once at start.</summary>
public sealed record AdminOptions
{
    /// <summary>Bytes of one admin request's body.</summary>
    public int BodyBytesMax { get; init; } = 8 << 20;

    /// <summary>Bytes of all admin requests' bodies in memory.</summary>
    public long BufferedBytesMax { get; init; } = 64 << 20;

    /// <summary>Objects of one page.</summary>
    public int PageMax { get; init; } = 1_000;

    /// <summary>Objects of a page that does not say how many.</summary>
    public int PageDefault { get; init; } = 100;

    /// <summary>How long live numbers of grains are waited for; without an answer they are left out.</summary>
    public int GrainWaitMs { get; init; } = 2_000;
}
