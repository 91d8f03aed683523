using System.Buffers;
using System.Text;
using Bifrost.Calls.Contracts;
using Bifrost.Calls.Dispatch;
using Bifrost.Catalog.Model;
using Bifrost.Chat.Edits;
using Bifrost.Chat.Errors;
using Bifrost.Ledger.Money;

namespace Bifrost.Simulation.Attackers;

/// <summary>
/// One process's way to a provider: it takes what its row of the price sheet lets it take, mostly all of that, and tells what it likes. In
/// place of the dispatcher, which has no part in money.
/// </summary>
internal sealed class TrueUpstream(AttackWorld world, AttackSilo caller, string provider) : IProviderGrain
{
    /// <summary>Most that lies between two chunks of a stream: what is written and not seen yet.</summary>
    private const long SpacingMs = 900;

    public Task Dispatch(ProviderCall call)
    {
        call.Try!.Begin(call, RunAsync);
        return Task.CompletedTask;
    }

    private async Task<ProviderReply> RunAsync(ProviderCall call)
    {
        caller.Live();
        var fate = world.Random.Next(100);
        if (fate < 2) return Failed(FailureKind.Connect, sent: false);
        TrueCall truth;
        try
        {
            truth = Begin(call);
        }
        catch (Exception e)
        {
            world.Fail(e);
            throw;
        }

        world.TrueCalls.Add(truth);
        if (fate is >= 2 and < 6) return Refuse(truth);
        if (call.Stream) return await StreamAsync(truth, call, fate);
        var takes = truth.Takes + world.Ms(1, 300);
        var breaks = fate < 10;
        if (!await WaitAsync(breaks ? takes * world.Random.NextDouble() : takes, call))
        {
            truth.Close(world.Clock.GetUtcNow());
            return Failed(call.Abort.IsCancellationRequested ? FailureKind.Aborted : FailureKind.Timeout, sent: true);
        }

        if (breaks)
        {
            truth.Close(world.Clock.GetUtcNow());
            return Failed(FailureKind.BadAnswer, sent: true);
        }

        truth.Ended = truth.Told = true;
        return new ProviderReply { Status = 200, Sent = true, Body = new AnswerBody(Whole(truth)) };
    }

    public Task<ProviderStatus> Status() => throw new NotSupportedException("Nobody asks.");

    private static ProviderReply Failed(FailureKind kind, bool sent) => new()
    {
        Sent = sent,
        Failure = new ProviderFailure { Kind = kind, Status = 502, Type = ErrorTypes.ProviderUnavailable, Message = "It broke." },
    };

    private ProviderReply Refuse(TrueCall truth)
    {
        truth.Refused = truth.Ended = true;
        var (kind, status) = world.Random.Next(2) == 0 ? (FailureKind.BadRequest, 400) : (FailureKind.ServerError, 500);
        return new ProviderReply
        {
            Status = status,
            Sent = true,
            Failure = new ProviderFailure { Kind = kind, Status = status, Type = ErrorTypes.ProviderUnavailable, Message = "No.", FromProvider = true },
        };
    }

    /// <summary>What will truly happen.</summary>
    private TrueCall Begin(ProviderCall call)
    {
        var random = world.Random;
        var model = world.Catalog.ModelOf(provider, call.Model);
        var body = new ArrayBufferWriter<byte>();
        EditWriter.Write(body, call.Body.Span, call.Edits.AsSpan());
        var sent = new SentRequest(body.WrittenMemory, model.Provider);
        var limited = world.Flaw == AttackFlaw.ClampNotSent ? new SentRequest(call.Body, model.Provider) : sent;
        var prompt = Part(sent.PromptTokensMost(model.Price));
        if (model.PromptTimes > 1) prompt = Math.Min(model.Price.PromptTokensMax!.Value, prompt * model.PromptTimes);
        var most = limited.OutputTokensMost(model);
        var all = (model.IsShort && random.Next(4) > 0 ? Math.Min(most, random.Next(1, 200)) : Part(most)) * sent.Choices;
        var shown = all * sent.Shown / sent.Choices;
        var hidden = all - shown;
        var thinks = model.Price.Thinks || model.Price is { PromptTokensMax: null, OutputTokensMax: null, TokensPerSecondMax: null };
        if (thinks) hidden += random.Next(3) switch { 0 => 0, 1 => random.NextInt64(0, shown), _ => Math.Max(0, shown - 1) };
        var fastest = (long)(model.Price.TokensPerSecondMax ?? 500) * sent.Choices;
        return new TrueCall
        {
            AttemptId = call.AttemptId,
            Silo = caller,
            Model = model,
            Sent = sent,
            SentAt = world.Clock.GetUtcNow(),
            Price = PriceOf(model, sent.Tier),
            Stream = call.Stream,
            PromptTokens = Math.Max(1, prompt),
            CachedWriteTokens = model.Price.CacheWriteNanosPerMillion is null || random.Next(2) == 0 ? 0 : Part(prompt),
            SearchQueries = model.Searches ? random.Next(0, 65) : 0,
            HiddenTokens = hidden,
            VisibleTokens = Math.Max(1, all - hidden),
            RejectedTokens = sent.PredictionBytes == 0 || random.Next(3) == 0 ? 0 : Part(sent.PredictionBytes),
            TokensPerSecond = random.Next(3) == 0 ? Math.Max(1, fastest / random.Next(2, 9)) : fastest,
            Notice = world.Ms(0, 1_000),
        };
    }

    /// <summary>Mostly all that may be taken.</summary>
    private long Part(long most) => world.Random.Next(3) == 0 && most > 1 ? world.Random.NextInt64(1, most) : most;

    private ModelPrice PriceOf(AttackModel model, string? tier)
    {
        var price = model.Price.At(world.Clock.GetUtcNow())!;
        if (!model.Provider.Billing.HasServiceTier)
        {
            var chosen = model.Provider.Billing.ChoosesTier(tier) ? "priority" : tier;
            return world.Random.Next(2) == 0 ? price : price.Tier(chosen) ?? price;
        }

        // Left to it, the tier is its dearest.
        var isOpen = tier is null || string.Equals(tier, "auto", StringComparison.OrdinalIgnoreCase);
        return price.Tier(isOpen ? "priority" : tier) ?? price;
    }

    private async Task<bool> WaitAsync(TimeSpan time, ProviderCall call)
    {
        var inTime = time < TimeSpan.FromMilliseconds(call.RemainingMs);
        try
        {
            await Task.Delay(inTime ? time : TimeSpan.FromMilliseconds(call.RemainingMs), caller.Clock, call.Abort);
        }
        catch (OperationCanceledException)
        {
            return false;
        }

        return inTime;
    }

    private async Task<ProviderReply> StreamAsync(TrueCall truth, ProviderCall call, int fate)
    {
        var events = Events(truth, fate);
        var deadline = truth.SentAt.AddMilliseconds(call.RemainingMs);
        if (events[^1].At > deadline)
        {
            events.RemoveAll(one => one.At > deadline);
            events.Add((deadline, new StreamEvent(StreamEventKind.Failed, default, Failed(FailureKind.Timeout, sent: true).Failure)));
        }

        if (!await WaitAsync(events[0].At - world.Clock.GetUtcNow(), call))
        {
            truth.Close(world.Clock.GetUtcNow());
            return Failed(call.Abort.IsCancellationRequested ? FailureKind.Aborted : FailureKind.Timeout, sent: true);
        }

        if (events[0].Event.Failure is not { } failure)
            return new ProviderReply { Status = 200, Sent = true, Body = new AnswerStream(caller.Clock, truth, events) };

        // An error of its own before any content: it charges nothing.
        if (failure.FromProvider) truth.Refused = true;
        truth.Close(world.Clock.GetUtcNow());
        return new ProviderReply { Status = 200, Sent = true, Failure = failure };
    }

    private List<(DateTimeOffset At, StreamEvent Event)> Events(TrueCall truth, int fate)
    {
        var lie = truth.Model.Lie;
        var events = new List<(DateTimeOffset, StreamEvent)>();
        var (from, to) = (truth.MsOf(truth.HiddenTokens), truth.MsOf(truth.AllWritten));
        var chunks = Math.Max(world.Random.Next(1, 4), (to - from + SpacingMs - 1) / SpacingMs);
        var told = 0L;
        var cutAt = fate is >= 6 and < 20 ? world.Random.NextInt64(0, chunks + 2) : long.MaxValue;
        var bytesPerToken = world.Random.Next(1, 4);
        for (var i = 1; i <= chunks; i++)
        {
            var at = truth.SentAt.AddMilliseconds(i == chunks ? to : from + ((to - from) * i / chunks));
            if (i > cutAt)
            {
                events.Add((at, Cut(fate)));
                return events;
            }

            var seen = i == chunks ? truth.VisibleTokens : Math.Max(Math.Max(1, told), truth.WrittenAt(at) - truth.HiddenTokens);
            var usage = lie == UsageLie.Running ? UsageJson.Of(lie, truth.UsageAt(at), last: false) : null;
            events.Add((at, Chunk(new string('v', (int)((seen - told) * bytesPerToken)), finish: false, usage)));
            told = seen;
        }

        var end = truth.SentAt.AddMilliseconds(to);
        events.Add((end, Chunk("", finish: true, lie == UsageLie.LateZeros ? UsageJson.Of(UsageLie.None, truth.UsageAt(null), last: false) : null)));
        if (cutAt < long.MaxValue && lie is not (UsageLie.LateZeros or UsageLie.Running))
        {
            events.Add((end, Cut(fate)));
            return events;
        }

        if (UsageJson.Of(lie, truth.UsageAt(null), last: true) is { } final)
            events.Add((end, Json($$"""{"id":"c","choices":[],"usage":{{final}}}""")));
        events.Add((end, new StreamEvent(StreamEventKind.Done, default, null)));
        return events;
    }

    private static StreamEvent Cut(int fate) => new(StreamEventKind.Failed, default, new ProviderFailure
    {
        Kind = FailureKind.BadAnswer, Status = 502, Type = ErrorTypes.ProviderUnavailable, Message = "It broke off.", FromProvider = fate % 2 == 0,
    });

    private static StreamEvent Chunk(string text, bool finish, string? usage)
    {
        var delta = finish ? """{"index":0,"delta":{},"finish_reason":"stop"}""" : $$$"""{"index":0,"delta":{"content":"{{{text}}}"}}""";
        var told = usage is null ? "" : ",\"usage\":" + usage;
        return Json($$$"""{"id":"c","choices":[{{{delta}}}]{{{told}}}}""");
    }

    private static StreamEvent Json(string json) => new(StreamEventKind.Chunk, Encoding.UTF8.GetBytes(json), null);

    private byte[] Whole(TrueCall truth)
    {
        var usage = UsageJson.Of(truth.Model.Lie, truth.UsageAt(null), last: false);
        var text = new string('v', (int)truth.VisibleTokens * world.Random.Next(1, 3));
        var json = $$"""{"id":"c","choices":[{"index":0,"message":{"role":"assistant","content":"{{text}}"},"finish_reason":"stop"}]}""";
        return Encoding.UTF8.GetBytes(usage is null ? json : json[..^1] + ",\"usage\":" + usage + "}");
    }
}
