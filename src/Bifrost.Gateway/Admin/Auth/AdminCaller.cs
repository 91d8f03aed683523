using Bifrost.Core.Catalog;

namespace Bifrost.Gateway.Admin.Auth;

/// <summary>Who makes an admin call.</summary>
/// <param name="TokenId">What the audit names; <c>environment</c> for the token of <c>BIFROST_ADMIN_TOKEN</c>.</param>
/// <param name="Role">What it may do.</param>
internal sealed record AdminCaller(string TokenId, AdminRole Role);
