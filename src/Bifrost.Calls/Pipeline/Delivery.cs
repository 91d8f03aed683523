using Bifrost.Chat.Usage;

namespace Bifrost.Calls.Pipeline;

/// <summary>What one try brought, wholly or up to where it broke off.</summary>
/// <param name="Told">What the provider told of its usage.</param>
/// <param name="ContentBytes">Bytes of content.</param>
/// <param name="Model">The model that the answer names, where it is not the one asked for.</param>
/// <param name="ServiceTier">The service tier that the answer names; null: none.</param>
internal readonly record struct Delivery(UsageTold Told, long ContentBytes = 0, string? Model = null, string? ServiceTier = null);
