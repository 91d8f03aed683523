using Bifrost.Jobs.Metrics;
using Bifrost.Jobs.Rules;
using Bifrost.Jobs.Runner;
using Bifrost.Jobs.Store;
using Bifrost.Ledger.Store;

namespace Bifrost.Jobs.Webhooks;

/// <summary>
/// Tells endpoints how jobs ended, from the store's durable deliveries: at least once, with pauses that double, until the last try. A
/// process that dies leaves its deliveries to the others when their leases end.
/// </summary>
public sealed class WebhookSender(
    IJobDeliveryStore deliveries,
    IJobStore jobs,
    WebhookEndpoints endpoints,
    WebhookWire wire,
    JobOptions options,
    JobMetrics metrics,
    TimeProvider time,
    ILogger<WebhookSender> log) : IHostedService
{
    /// <summary>How often a process without endpoints looks: what is left over from another configuration comes to its end too.</summary>
    private static readonly TimeSpan s_idleEvery = TimeSpan.FromSeconds(30);

    private readonly CancellationTokenSource _stopping = new();
    private Task _loop = Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _loop = LoopAsync();
        return Task.CompletedTask;
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stopping.CancelAsync();
        await _loop;
    }

    private async Task LoopAsync()
    {
        await Task.Yield();
        while (!_stopping.IsCancellationRequested)
        {
            var sent = 0;
            try
            {
                var leased = await deliveries.LeaseAsync(options.DeliveriesPerSiloMax, CancellationToken.None);
                sent = leased.Length;
                await Task.WhenAll(leased.Select(DeliverAsync));
            }
            catch (StoreUnavailableException e)
            {
                Log.DeliveriesNotRead(log, e);
            }

            if (sent == options.DeliveriesPerSiloMax) continue;
            var pause = endpoints.Count > 0 ? options.PumpEvery : s_idleEvery;
            await Task.Delay(pause, time, _stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task DeliverAsync(JobDelivery delivery)
    {
        var end = await TryAsync(delivery);
        try
        {
            // Where this is not heard, the delivery is made again: at least once.
            if (await deliveries.EndAsync(end, CancellationToken.None)) metrics.Tried(end.State);
        }
        catch (StoreUnavailableException e)
        {
            Log.DeliveriesNotRead(log, e);
        }
    }

    /// <summary>An answer that is too large to be sent along is not read either.</summary>
    private async Task<ReadOnlyMemory<byte>> BodyAsync(JobDelivery delivery)
    {
        var head = await jobs.ReadOutcomeHeadAsync(delivery.JobId, CancellationToken.None);
        if (head is null or { Small: not null }) return WebhookBody.Of(delivery, head?.Small);
        return head.Bytes > WebhookBody.InlineBytesMax
            ? WebhookBody.Of(delivery, outcome: null, isLarge: true)
            : WebhookBody.Of(delivery, await jobs.ReadOutcomeAsync(delivery.JobId, CancellationToken.None));
    }

    private async Task<JobDeliveryEnd> TryAsync(JobDelivery delivery)
    {
        if (endpoints.Find(delivery.Endpoint) is not { } endpoint) return Again(delivery, 0, $"No enabled webhook endpoint is named '{delivery.Endpoint}'.");
        try
        {
            var body = await BodyAsync(delivery);
            using var limit = new CancellationTokenSource(options.DeliveryTimeout, time);
            var status = await wire.SendAsync(endpoint, delivery.Id, body, limit.Token);
            if (status is >= 200 and <= 299) return EndOf(delivery, JobDeliveryState.Delivered, status, null);

            // Gone is the one status by which an endpoint says that it wants no more.
            return status == 410 ? Dead(delivery, status, "The endpoint is gone.") : Again(delivery, status, "The endpoint did not accept it.");
        }
        catch (WebhookRefusedException e)
        {
            return Dead(delivery, 0, e.Message);
        }
        catch (OperationCanceledException)
        {
            return Again(delivery, 0, "The endpoint did not answer in time.");
        }
        catch (Exception e) when (e is HttpRequestException or IOException or StoreUnavailableException)
        {
            return Again(delivery, 0, e.Message);
        }
    }

    private JobDeliveryEnd Again(JobDelivery delivery, int status, string error)
    {
        if (delivery.Attempts > options.DeliveryRetriesMax) return Dead(delivery, status, error);
        var delay = options.DeliveryDelay * Math.Pow(2, Math.Min(30, delivery.Attempts - 1));
        return EndOf(delivery, JobDeliveryState.Pending, status, error) with { Delay = delay < options.DeliveryDelayMax ? delay : options.DeliveryDelayMax };
    }

    private JobDeliveryEnd Dead(JobDelivery delivery, int status, string error)
    {
        Log.DeliveryDead(log, delivery.JobId, delivery.Endpoint, delivery.Attempts, error);
        return EndOf(delivery, JobDeliveryState.Dead, status, error);
    }

    private static JobDeliveryEnd EndOf(JobDelivery delivery, JobDeliveryState state, int status, string? error) =>
        new() { DeliveryId = delivery.Id, Fence = delivery.Fence, State = state, Status = status, Error = error };
}
