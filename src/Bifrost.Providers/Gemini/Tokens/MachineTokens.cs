namespace Bifrost.Providers.Gemini.Tokens;

/// <summary>The metadata server of a machine in Google's cloud, which tells tokens of the machine's identity.</summary>
internal static class MachineTokens
{
    public static readonly Uri Url = new("http://metadata.google.internal/computeMetadata/v1/instance/service-accounts/default/token");

    public static HttpRequestMessage Request(Uri url)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, url);
        request.Headers.Add("Metadata-Flavor", "Google");
        return request;
    }
}
