using Bifrost.Calls.Contracts;
using Bifrost.Calls.Dispatch;

namespace Bifrost.Calls.Tests.Dispatch;

/// <summary>A provider's dispatch in the hands of its silo's callers.</summary>
public sealed class ProviderReferenceTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly FakeProviderGrain _grain = new();
    private readonly ProviderReference _reference;
    private int _lent;

    public ProviderReferenceTests()
    {
        _reference = new ProviderReference(_grain, _time);
        _grain.ThenJson(Replies.Completion);
    }

    [Fact]
    public async Task It_is_lent_for_a_second_and_then_the_grain_is_asked()
    {
        await MakeAsync();
        Assert.Equal((1, 0), (_grain.Calls.Count, _lent));

        Lend();
        await MakeAsync();
        _time.Advance(ProviderReference.Term - TimeSpan.FromTicks(1));
        await MakeAsync();
        Assert.Equal((1, 2), (_grain.Calls.Count, _lent));

        _time.Advance(TimeSpan.FromTicks(1));
        await MakeAsync();
        Assert.Equal((2, 2), (_grain.Calls.Count, _lent));
    }

    private void Lend() => _reference.Lend(_ =>
    {
        _lent++;
        return Task.FromResult(Replies.Json(Replies.Completion));
    });

    private Task<ProviderReply> MakeAsync() => _reference.MakeAsync(
        new ProviderCall { AttemptId = Guid.CreateVersion7(), Model = "m", Stream = false, Body = default, Edits = [], RemainingMs = 1_000 });
}
