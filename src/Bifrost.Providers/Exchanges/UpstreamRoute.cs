namespace Bifrost.Providers.Exchanges;

/// <summary>How requests reach a provider: what its dialect says of addresses and constant headers.</summary>
/// <param name="ChatUrl">Where plain calls are posted.</param>
/// <param name="StreamUrl">Where streams are asked for; nearly always the same.</param>
/// <param name="AuthHeader">Header that carries the credential.</param>
/// <param name="AuthPrefix">What stands before the credential in it.</param>
internal sealed record UpstreamRoute(Uri ChatUrl, Uri StreamUrl, string AuthHeader, string AuthPrefix)
{
    /// <summary>Headers of every request; a configured header of the same name takes their place.</summary>
    public ImmutableArray<KeyValuePair<string, string>> Headers { get; init; } = [];

    /// <summary>Whether the provider knows the caller's <c>OpenAI-Organization</c> and <c>OpenAI-Project</c>.</summary>
    public bool TakesOpenAiHeaders { get; init; } = true;
}
