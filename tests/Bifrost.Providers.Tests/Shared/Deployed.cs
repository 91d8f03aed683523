using System.Collections.Frozen;
using System.Text;
using Bifrost.Calls.Contracts;
using Bifrost.Calls.Dispatch;
using Bifrost.Catalog.Model;
using Bifrost.Chat.Errors;
using Bifrost.Providers.Azure;
using Bifrost.Providers.Http;

namespace Bifrost.Providers.Tests.Shared;

/// <summary>Makes single tries at deployments in an Azure resource.</summary>
internal static class Deployed
{
    public static readonly AzureDialect Dialect = new(TimeProvider.System, new ProviderLimits());

    public static AzureResource ResourceAt(Uri address, string version = AzureResource.DefaultVersion, params (string Model, string Deployment)[] deployments) => new()
    {
        Endpoint = address,
        ApiVersion = version,
        Deployments = deployments.ToFrozenDictionary(one => one.Model, one => one.Deployment, StringComparer.OrdinalIgnoreCase),
    };

    public static UpstreamTarget Target(AzureResource resource, string? secret = "secret-of-provider")
    {
        var key = new ProviderKey { Id = "key-1", Name = "key-1", Value = secret ?? "", Azure = resource };
        var provider = new Provider { Name = $"azure-{resource.Endpoint.Port}", Dialect = "azure", BaseUrl = resource.Endpoint, Keys = [key] };
        return new UpstreamTarget { Provider = provider, Key = key, KeyId = key.Id, Credential = secret, RemainingMs = 600_000 };
    }

    public static Task<ProviderReply> SendAsync(AzureResource resource, ProviderCall call) => Dialect.SendAsync(Target(resource), call).InTimeAsync();

    /// <summary>Reads a stream of these bytes to its end.</summary>
    public static async Task<(List<string> Chunks, StreamEvent Last)> ReadAsync(string body, int tearAt)
    {
        var timer = PhaseTimer.Rent(TimeProvider.System, 60_000, 0, CancellationToken.None);
        var target = Tries.TargetAt(new Uri("http://127.0.0.1:1"));
        var stream = new AzureStream(target, new HttpResponseMessage(), TornStream.At(Encoding.UTF8.GetBytes(body), tearAt), timer, new ProviderLimits());
        if (await stream.OpenAsync(TimeProvider.System) is { } failure)
        {
            timer.Dispose();
            return ([], new StreamEvent(StreamEventKind.Failed, default, failure));
        }

        await using (stream) return await Tries.ReadAllAsync(stream);
    }

    public static async Task<ProviderFailure> FailAsync(AzureResource resource, ProviderCall call)
    {
        var reply = await SendAsync(resource, call);
        Assert.Null(reply.Body);
        return Assert.IsType<ProviderFailure>(reply.Failure);
    }
}
