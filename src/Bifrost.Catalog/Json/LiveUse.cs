namespace Bifrost.Catalog.Json;

/// <summary>What a virtual key's activation counts now.</summary>
/// <param name="CallsInFlight">Calls that run.</param>
/// <param name="Requests">Requests in the key's request window; null without one.</param>
/// <param name="Tokens">Tokens in the key's token window; null without one.</param>
public sealed record LiveUse(int CallsInFlight, long? Requests, long? Tokens);
