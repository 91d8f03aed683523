using Bifrost.Calls.Accounting;
using Bifrost.Calls.Dispatch;
using Bifrost.Calls.Limits;
using Bifrost.Calls.Telemetry;
using Bifrost.Catalog.Model;
using Bifrost.Chat.Errors;
using Bifrost.Keys.Admission;
using Bifrost.Ledger.Leases;
using Microsoft.Extensions.Logging;

namespace Bifrost.Calls.Pipeline;

/// <summary>
/// The one orchestration of a chat completion, for HTTP requests and jobs alike (architecture, hot path, steps 3 to 7). One per process;
/// safe for many calls at once.
/// </summary>
/// <param name="providers">Reaches the providers, which dispatch.</param>
/// <param name="keys">Reaches the keys, which admit.</param>
/// <param name="catalog">What is configured.</param>
/// <param name="book">Says whether this silo may admit anyone at all.</param>
/// <param name="settles">Where every admitted try ends.</param>
/// <param name="options">Limits.</param>
/// <param name="time">The clock of deadlines and pauses.</param>
/// <param name="random">Draws weighted providers and jitter; must be safe for several threads (<see cref="Random.Shared"/>).</param>
/// <param name="log">The log.</param>
/// <param name="metrics">Counts what is booked otherwise than it was told; null: nobody reads it.</param>
/// <param name="limits">Told of limits that are reached; null: nobody reads it.</param>
/// <param name="room">The room for large answers; null: they are not counted.</param>
/// <param name="meter">What calls do; null: nobody reads it.</param>
public sealed class ChatPipeline(
    ProviderReferences providers,
    KeyReferences keys,
    ICatalog catalog,
    ILeaseBook book,
    SettleTracker settles,
    PipelineOptions options,
    TimeProvider time,
    Random random,
    ILogger<ChatPipeline> log,
    CallMetrics? metrics = null,
    LimitWatch? limits = null,
    AnswerRoom? room = null,
    CallMeter? meter = null)
{
    private readonly ModelResolver _resolver = new(random, options.TargetsMax);
    private long _begun;

    /// <summary>Calls so far.</summary>
    public long Begun => Volatile.Read(ref _begun);

    internal ProviderReferences Providers => providers;
    internal bool MayAdmit => book.MayAdmit;
    internal SettleTracker Settles => settles;
    internal PipelineOptions Options => options;
    internal TimeProvider Time => time;
    internal Random Random => random;
    internal ILogger Logger => log;
    internal PromptCounter Counter { get; } = new();
    internal UsageWatch Watch { get; } = new(metrics, time, log);
    internal AnswerRoom? Room => room;
    internal CallMeter? Meter => meter;
    internal DrainGate Drains { get; } = new(options.DrainsMax, options.DrainsPerKeyMax, limits);

    /// <summary>
    /// Answers with a <see cref="ChatBody"/>, <see cref="ChatEvents"/> or a <see cref="ChatFailure"/>; expected failures are no exceptions.
    /// </summary>
    /// <param name="call">The request; its body must stay valid until this has returned, see <see cref="ChatCall"/>.</param>
    /// <param name="abort">
    /// Cancelled when the client left. What was sent upstream then goes on for a while to learn what it costs, so this may return late;
    /// a stream obeys it until it is disposed.
    /// </param>
    public Task<ChatResult> RunAsync(ChatCall call, CancellationToken abort)
    {
        Interlocked.Increment(ref _begun);

        // 3. Targets: the model resolved, then the fallbacks, each once.
        var snapshot = catalog.Current;
        VirtualKey? key = null;
        if (!AnonymousKey.Is(call.Caller.VirtualKeyId) && !snapshot.VirtualKeys.TryGetValue(call.Caller.VirtualKeyId, out key))
            return Refuse(RequestErrors.KeyNotFound(call));
        if (!_resolver.TryResolve(
            snapshot, key, call.Envelope.Model, call.Envelope.Fallbacks, call.DefaultProvider, out var targets, out var error))
            return Refuse(RequestErrors.For(call, error!));

        return new ChatRun(this, call, snapshot, key, keys.Of(call.Caller.VirtualKeyId), abort).RunAsync(targets);
    }

    private Task<ChatResult> Refuse(GatewayError error)
    {
        meter?.NotBegun(ErrorWords.Of(error));
        return Task.FromResult<ChatResult>(new ChatFailure(ResponseInfo.None, error));
    }

    /// <summary>
    /// For a stop: completes when every admitted try is settled durably, or when <paramref name="limit"/> is over; answers how many are
    /// not. Calls whose client left are cut off at half of it.
    /// </summary>
    public async Task<int> DrainAsync(TimeSpan limit)
    {
        if (await settles.DrainAsync(limit / 2) == 0) return 0;
        Drains.Close();
        var left = await settles.DrainAsync(limit / 2);
        if (left > 0) Log.SettlementsLeft(log, left, (long)limit.TotalMilliseconds);
        return left;
    }
}
