using System.Text;
using Microsoft.Extensions.Primitives;

namespace Bifrost.Http.Auth;

/// <summary>The password of <c>Authorization: Basic</c>, as browsers ask for it and send it; the name before it is not looked at.</summary>
public static class BasicCredential
{
    private const string Scheme = "Basic ";
    private const int CharsMax = 2_048;

    /// <summary>Empty when there is none, it cannot be read, or there is more than one header.</summary>
    public static string PasswordIn(StringValues authorization)
    {
        if (authorization.Count != 1 || authorization[0] is not { Length: <= CharsMax } value) return "";
        if (!value.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)) return "";
        var bytes = new byte[CharsMax];
        if (!Convert.TryFromBase64Chars(value.AsSpan(Scheme.Length).Trim(), bytes, out var written)) return "";
        var pair = Encoding.UTF8.GetString(bytes, 0, written);
        var colon = pair.IndexOf(':', StringComparison.Ordinal);
        return colon < 0 ? "" : pair[(colon + 1)..];
    }
}
