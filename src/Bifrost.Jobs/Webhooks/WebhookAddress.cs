namespace Bifrost.Jobs.Webhooks;

/// <summary>What may stand as the address of an endpoint, in the configuration and in admin calls alike.</summary>
public static class WebhookAddress
{
    /// <summary>Why the address cannot be taken, as a sentence after its field's name; null when it can.</summary>
    public static string? Refuse(string address, bool allowPrivateNetwork, out Uri url)
    {
        if (!Uri.TryCreate(address, UriKind.Absolute, out url!) || url.Scheme is not ("https" or "http") || url.UserInfo.Length > 0)
        {
            url = new Uri("https://invalid.invalid/");
            return $"is \"{address}\"; an address such as https://example.com/hook stands here, without a user";
        }

        return url.Scheme == "http" && !allowPrivateNetwork
            ? "is http, which anybody on the way can read; write https, or set allow_private_network for an endpoint of your own network"
            : null;
    }
}
