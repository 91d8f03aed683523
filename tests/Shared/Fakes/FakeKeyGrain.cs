using Bifrost.Chat.Errors;
using Bifrost.Chat.Usage;
using Bifrost.Keys.Contracts;
using Bifrost.Keys.Limits;

namespace Bifrost.Testing;

/// <summary>Admits everybody, or whom the test lets in, and remembers every call.</summary>
internal sealed class FakeKeyGrain : IVirtualKeyGrain
{
    public List<AdmitRequest> Admits { get; } = [];
    public List<Ticket> Tickets { get; } = [];
    public List<Settlement> Settlements { get; } = [];

    /// <summary>A refusal for some; null admits.</summary>
    public Func<AdmitRequest, Refusal?> Refuse { get; set; } = _ => null;

    /// <summary>How many admissions are still answered by an activation that ends.</summary>
    public int Leaving { get; set; }

    /// <summary>Runs before an admission is answered; may throw.</summary>
    public Action<AdmitRequest> OnAdmit { get; set; } = _ => { };

    /// <summary>What every admission answers; null: at once.</summary>
    public Task<AdmitReply>? Waits { get; set; }

    /// <summary>What a settlement waits for, or fails with, before it counts.</summary>
    public Func<Settlement, Task> OnSettle { get; set; } = _ => Task.CompletedTask;

    /// <summary>Applied to every ticket.</summary>
    public Func<Ticket, Ticket> Issue { get; set; } = ticket => ticket;

    public TokenUsage Estimate { get; set; } = new() { PromptTokens = 116, CompletionTokens = 4_096 };

    public Task<AdmitReply> Admit(AdmitRequest request)
    {
        Admits.Add(request);
        OnAdmit(request);
        if (Waits is not null) return Waits;
        if (Leaving-- > 0) return Task.FromResult(new AdmitReply { Refusal = KeyRefusals.Moving, IsLeaving = true });
        if (Refuse(request) is { } refusal) return Task.FromResult(new AdmitReply { Refusal = refusal });
        var ticket = Issue(new Ticket
        {
            AttemptId = request.AttemptId,
            VirtualKeyId = "vk",
            Estimate = Estimate,
            OutputTokensMax = request.OutputTokensMax > 0 ? request.OutputTokensMax : 4_096,
        });
        Tickets.Add(ticket);
        return Task.FromResult(new AdmitReply
        {
            Ticket = ticket,
            RateLimits = new RateLimitView { LimitRequests = 10, RemainingRequests = 9, ResetRequestsMs = 1_000 },
        });
    }

    public async Task Settle(Settlement settlement)
    {
        await OnSettle(settlement);
        lock (Settlements) Settlements.Add(settlement);
    }

    public Task<VirtualKeyStatus> Status() => Task.FromResult(new VirtualKeyStatus { CallsInFlight = 0 });
}
