using Bifrost.Catalog.Model;
using Bifrost.Chat.Json;
using Bifrost.Http.Auth;
using Bifrost.Http.Connections;
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
            if (!Uri.TryCreate(named, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https") || uri.AbsolutePath != "/"
                || uri.UserInfo.Length > 0)
                errors.Add(Shown.Message($"--urls: \"{url}\" is no address to listen on; write for example http://127.0.0.1:8080"));
            else if (uri.Scheme == "https")
                errors.Add(Shown.Message($"--urls: \"{url}\" asks for TLS, which this server leaves to a proxy in front of it; write http://"));
            else if (!configuration.Client.EnforceAuthOnInference && !configuration.Client.Insecure && !OriginRule.IsLoopback(uri.Host))
            {
                errors.Add($"--urls: \"{url}\" is reached from other machines, and client.enforce_auth_on_inference is false, so anyone there could spend; "
                    + "listen on 127.0.0.1, ask for keys, or set client.insecure");
            }
        }

        if (ConnectionLimits.FilesOfProcess() is < ConnectionLimits.FilesMin and var files)
        {
            errors.Add($"RLIMIT_NOFILE: is {files}, and the process needs {ConnectionLimits.FilesMin} files at least; raise it with 'ulimit -n' or the "
                + "service's LimitNOFILE");
        }

        if (options.AdminToken is { } token)
        {
            if (token.Length < 16) errors.Add("BIFROST_ADMIN_TOKEN: is shorter than 16 characters; it opens everything, write a long random one");
            else if (token.AsSpan().ContainsAnyExceptInRange('!', '~')) errors.Add("BIFROST_ADMIN_TOKEN: has characters that a header cannot carry");
            else if (token.StartsWith("sk-bf-", StringComparison.OrdinalIgnoreCase))
                errors.Add("BIFROST_ADMIN_TOKEN: begins with sk-bf-, as virtual keys do; a virtual key opens no admin route, choose another one");
            else if (OwnerMistake(token, configuration.Catalog) is { } mistake)
                errors.Add(mistake);
        }

        return errors;
    }

    /// <summary>An admin token that is the secret of something else besides; null: it is not.</summary>
    public static string? OwnerMistake(string token, CatalogSnapshot catalog) => OwnerOf(token, catalog) is { } owner
        ? $"BIFROST_ADMIN_TOKEN: is {owner} too; what opens everything must open nothing else, choose another one"
        : null;

    private static string? OwnerOf(string token, CatalogSnapshot catalog)
    {
        var hash = Secrets.Hash(token);
        foreach (var key in catalog.VirtualKeys.Values)
            if (key.Secrets.Any(secret => secret.Hash.AsSpan().SequenceEqual(hash.AsSpan()))) return $"the secret of the virtual key {key.Id}";
        foreach (var provider in catalog.Providers.Values)
            if (provider.Keys.Any(key => key.Value == token)) return $"a key of the provider {provider.Name}, which is sent there";
        return null;
    }
}
