using System.Globalization;
using System.Text;
using Bifrost.Calls.Contracts;
using Bifrost.Calls.Dispatch;
using Bifrost.Chat.Errors;
using Bifrost.Jobs.Contracts;
using Bifrost.Keys.Contracts;

namespace Bifrost.Simulation.Jobs;

/// <summary>A virtual key as a process calls it: while there is trouble it holds credit back now and then, and its books are the store's.</summary>
internal sealed class SimKeyGrain(JobWorld world, JobSilo caller, string virtualKeyId) : IVirtualKeyGrain
{
    public Task<AdmitReply> Admit(AdmitRequest request) => caller.AskAsync(
        async () =>
        {
            await Task.Delay(world.Ms(0, 100), world.Clock);
            var refused = world.Trouble && world.Random.Next(100) < (request.Provider == SimCatalog.Primary ? 25 : 50);
            return refused
                ? new AdmitReply { Refusal = new Refusal { Reason = RefusalReason.BudgetHeld, Message = "Held.", RetryAfterMs = world.Random.Next(500, 6_000) } }
                : new AdmitReply { Ticket = new Ticket { AttemptId = request.AttemptId, VirtualKeyId = virtualKeyId, OutputTokensMax = 16 } };
        },
        JobSilo.ResponseTimeout);

    public Task Settle(Settlement settlement)
    {
        var booking = caller.AskAsync(() => BookAsync(settlement.Ticket.AttemptId), JobSilo.ResponseTimeout);
        if (world.Flaw != JobFlaw.CompletesBeforePost) return booking;
        world.Observe(booking);
        return Task.CompletedTask;
    }

    public Task<VirtualKeyStatus> Status() => throw new NotSupportedException("Nobody asks.");

    private async Task<bool> BookAsync(Guid attemptId)
    {
        await caller.Store.PassAsync(() => world.Book(attemptId));
        return true;
    }
}

/// <summary>
/// One process's dispatch to an upstream that takes its time, goes on for those who left, and while there is trouble refuses and breaks.
/// </summary>
internal sealed class SimProviderGrain(JobWorld world, JobSilo caller, string provider) : IProviderGrain
{
    private const string RunHeader = "x-simulated-run";

    public static Header HeaderOf(JobRun run) => new(RunHeader, string.Create(CultureInfo.InvariantCulture, $"{run.JobId} {run.Fence}"));

    public Task Dispatch(ProviderCall call)
    {
        call.Try!.Begin(call, RunAsync);
        return Task.CompletedTask;
    }

    private async Task<ProviderReply> RunAsync(ProviderCall call)
    {
        caller.Live();
        var made = CallOf(call);
        world.Calls.Add(made);
        await using var left = call.AbortUnsent.UnsafeRegister(static state => ((SimCall)state!).Aborted = true, made);
        try
        {
            var longest = !world.Trouble ? 3_000 : world.Random.Next(3) == 0 ? 120_000 : 10_000;
            await Task.Delay(world.Ms(0, longest), caller.Clock, call.Abort);
        }
        catch (OperationCanceledException)
        {
            return new ProviderReply { Sent = true, Failure = ProviderFailures.Aborted() };
        }

        made.Answered = true;
        var dice = world.Trouble ? world.Random.Next(100) : 0;
        if (dice >= 85) return Failed(FailureKind.BadRequest, 400, made);
        var breaksAt = provider == SimCatalog.Primary ? 75 : 50;
        return dice >= breaksAt ? Failed(FailureKind.ServerError, 500, made) : new ProviderReply { Status = 200, Sent = true, Body = new SimBody(made) };
    }

    public Task<ProviderStatus> Status() => throw new NotSupportedException("Nobody asks.");

    private SimCall CallOf(ProviderCall call)
    {
        var run = call.Headers.Single(header => header.Name == RunHeader).Value.Split(' ');
        var (jobId, fence) = (Guid.Parse(run[0]), long.Parse(run[1], CultureInfo.InvariantCulture));
        return new SimCall { AttemptId = call.AttemptId, JobId = jobId, Fence = fence, Silo = caller };
    }

    private static ProviderReply Failed(FailureKind kind, int status, SimCall made) => new()
    {
        Status = status,
        Sent = true,
        Failure = new ProviderFailure
        {
            Kind = kind, Status = status, Type = kind == FailureKind.BadRequest ? ErrorTypes.InvalidRequest : ErrorTypes.ProviderUnavailable, Message = JobWorld.Answer(made.Fence), FromProvider = true,
        },
    };

    private sealed class SimBody(SimCall made) : PlainBody
    {
        private readonly byte[] _json = Encoding.UTF8.GetBytes(
            """{"id":"c","choices":[{"index":0,"message":{"role":"assistant","content":"ANSWER"},"finish_reason":"stop"}]}"""
                .Replace("ANSWER", JobWorld.Answer(made.Fence), StringComparison.Ordinal));

        public override ReadOnlyMemory<byte> Json => _json;

        public override ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
