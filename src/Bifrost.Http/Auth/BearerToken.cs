using Microsoft.Extensions.Primitives;

namespace Bifrost.Http.Auth;

/// <summary>The credential of <c>Authorization: Bearer</c>.</summary>
internal static class BearerToken
{
    private const string Scheme = "Bearer ";

    /// <summary>Empty when there is none, or more than one header.</summary>
    public static ReadOnlySpan<char> In(StringValues authorization) =>
        authorization.Count == 1 && authorization[0] is { } value && value.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)
            ? value.AsSpan(Scheme.Length).Trim()
            : default;
}
