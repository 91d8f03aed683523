using Bifrost.Keys.Limits;

namespace Bifrost.Keys.Tests.Limits;

/// <summary>One thing at a time, but not while it waits.</summary>
public sealed class KeyTurnTests
{
    private readonly KeyTurn _turn = new();

    [Fact]
    public async Task Who_waits_leaves_the_turn_and_has_it_again_afterwards()
    {
        var answer = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
        var waiting = AskAsync(answer.Task);
        await IsFreeAsync();

        using (_turn.Take())
        {
            answer.SetResult(3);
            Assert.False(waiting.IsCompleted);
        }

        Assert.Equal(3, await waiting.InTimeAsync());
        await IsFreeAsync();
    }

    [Fact]
    public async Task It_is_left_when_the_wait_fails()
    {
        var answer = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
        var waiting = AskAsync(answer.Task);
        answer.SetException(new IOException("gone"));
        await Assert.ThrowsAsync<IOException>(() => waiting.InTimeAsync());
        await IsFreeAsync();
    }

    [Fact]
    public async Task What_has_come_already_is_taken_without_leaving_it()
    {
        using (_turn.Take())
        {
            var asking = AskAsync(Task.FromResult(3));
            Assert.True(asking.IsCompleted);
        }

        await IsFreeAsync();
    }

    [Fact]
    public async Task A_wait_within_a_wait_leaves_it_whole()
    {
        var answer = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
        Task<int> outer;
        using (_turn.Take()) outer = AskTwiceAsync(answer.Task);
        await IsFreeAsync();
        answer.SetResult(3);
        Assert.Equal(3, await outer.InTimeAsync());
        await IsFreeAsync();
    }

    [Fact]
    public async Task Many_threads_count_without_a_mistake()
    {
        var count = 0;
        await Parallel.ForAsync(0, 8, new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (_, _) =>
        {
            for (var i = 0; i < 1_000; i++)
            {
                using var taken = _turn.Take();
                var seen = count;
                await _turn.Outside(i % 3 == 0 ? LaterAsync() : Task.CompletedTask);
                count++;
                if (i % 3 != 0) Assert.Equal(seen + 1, count);
            }
        }).InTimeAsync();
        Assert.Equal(8_000, count);
    }

    private async Task<int> AskAsync(Task<int> answer)
    {
        using var taken = _turn.Take();
        return await _turn.Outside(new ValueTask<int>(answer));
    }

    private async Task<int> AskTwiceAsync(Task<int> answer)
    {
        using var taken = _turn.Take();
        return await _turn.Outside(new ValueTask<int>(AskAsync(answer)));
    }

    private static async Task LaterAsync() => await Task.Yield();

    /// <summary>A thread that has never had it can take it.</summary>
    private Task IsFreeAsync()
    {
        var taken = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var thread = new Thread(() =>
        {
            _turn.Take().Dispose();
            taken.SetResult();
        }) { IsBackground = true };
        thread.Start();
        return taken.Task.InTimeAsync();
    }
}
