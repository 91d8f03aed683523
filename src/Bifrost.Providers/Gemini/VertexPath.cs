using Bifrost.Catalog.Model;

namespace Bifrost.Providers.Gemini;

/// <summary>Addresses of models in Google's cloud: each region has a host of its own, the world and the two unions of regions have others.</summary>
internal static class VertexPath
{
    /// <summary>The version that knows all fields.</summary>
    private const string Version = "/v1beta1";

    public static Uri UrlOf(Uri baseUrl, VertexPlace place, string model, bool stream)
    {
        var isGoogles = baseUrl.AbsoluteUri.TrimEnd('/') == VertexDialect.BaseUrl;
        var root = isGoogles ? $"https://{HostOf(place.Location)}" : baseUrl.GetLeftPart(UriPartial.Path).TrimEnd('/');
        var owner = place.Project.Length == 0 ? "" : $"/projects/{place.Project}/locations/{place.Location}";
        var within = $"{root}{Version}{owner}/publishers/google/{model}";
        return new Uri(within + (stream ? ":streamGenerateContent?alt=sse" : ":generateContent"));
    }

    private static string HostOf(string location) => location switch
    {
        "global" => "aiplatform.googleapis.com",
        "us" or "eu" => $"aiplatform.{location}.rep.googleapis.com",
        _ => $"{location}-aiplatform.googleapis.com",
    };
}
