using Bifrost.Catalog.Model;

namespace Bifrost.Http.Auth;

/// <summary>Who makes an admin call.</summary>
/// <param name="TokenId">What the audit names; <c>environment</c> for the token of <c>BIFROST_ADMIN_TOKEN</c>.</param>
/// <param name="Role">What it may do.</param>
public sealed record AdminCaller(string TokenId, AdminRole Role);
