using Bifrost.Http.Addresses;

namespace Bifrost.Http.Bodies;

/// <summary>Whose share a body is taken from.</summary>
/// <param name="KeyId">The caller's virtual key.</param>
/// <param name="Address">The caller's address.</param>
internal readonly record struct BodyOwner(string KeyId, ClientAddress Address);
