using Bifrost.Server.Configuration;

namespace Bifrost.Server.Composition;

/// <summary>Contradictions that only the whole start shows: between the command line, the environment and the file.</summary>
internal static class StartChecks
{
    public static IReadOnlyList<string> Of(StartOptions options, ServerConfiguration configuration)
    {
        var errors = new List<string>();
        foreach (var url in options.Urls.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            // '*' and '+' are the web server's names for all addresses.
            var named = url.Replace("://*", "://any", StringComparison.Ordinal).Replace("://+", "://any", StringComparison.Ordinal);
            if (!Uri.TryCreate(named, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https") || uri.AbsolutePath != "/")
                errors.Add($"--urls: \"{url}\" is no address to listen on; write for example http://127.0.0.1:8080");
            else if (uri.Scheme == "https")
                errors.Add($"--urls: \"{url}\" asks for TLS, which this server leaves to a proxy in front of it; write http://");
        }

        if (options.AdminToken is { } token)
        {
            if (token.Length < 16) errors.Add("BIFROST_ADMIN_TOKEN: is shorter than 16 characters; it opens everything, write a long random one");
            else if (token.AsSpan().ContainsAnyExceptInRange('!', '~')) errors.Add("BIFROST_ADMIN_TOKEN: has characters that a header cannot carry");
            else if (token.StartsWith("sk-bf-", StringComparison.OrdinalIgnoreCase))
                errors.Add("BIFROST_ADMIN_TOKEN: begins with sk-bf-, as virtual keys do; a virtual key opens no admin route, choose another one");
        }

        return errors;
    }
}
