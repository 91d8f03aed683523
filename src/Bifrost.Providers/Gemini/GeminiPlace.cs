namespace Bifrost.Providers.Gemini;

/// <summary>What the two places take otherwise that speak this dialect: rows of data.</summary>
internal sealed record GeminiPlace
{
    /// <summary>The Gemini API.</summary>
    public static readonly GeminiPlace Api = new() { TakesIds = true, TakesTiers = true, StoresFiles = true };

    /// <summary>Google's cloud.</summary>
    public static readonly GeminiPlace Vertex = new() { FetchesAddresses = true };

    /// <summary>Whether calls and results may have ids.</summary>
    public bool TakesIds { get; private init; }

    /// <summary>Whether the body may name a service tier.</summary>
    public bool TakesTiers { get; private init; }

    /// <summary>Whether files that were stored at the provider can be named.</summary>
    public bool StoresFiles { get; private init; }

    /// <summary>Whether addresses are fetched there, of its own storage and of the web; the media type must be told.</summary>
    public bool FetchesAddresses { get; private init; }
}
