using Bifrost.Catalog.Model;
using Bifrost.Keys.Contracts;
using Bifrost.Keys.Limits;

namespace Bifrost.Keys.Tests.Limits;

/// <summary>An account behind a bad network: messages come late, twice, out of order or never, and so do answers.</summary>
internal sealed class LossyAccount(AccountWindows windows, Func<RateLimit?> limit, TimeProvider time, Random random, bool lossy)
{
    private readonly List<Action> _underWay = [];

    public int UnderWay => _underWay.Count;

    /// <summary>The account as one holder reaches it.</summary>
    public IAccountGrain Line => new Wire(this);

    /// <summary>One message or answer arrives, any of those under way.</summary>
    public void DeliverOne()
    {
        var index = random.Next(_underWay.Count);
        var message = _underWay[index];
        _underWay.RemoveAt(index);
        message();
    }

    private Task<T> Send<T>(Func<T> arrive)
    {
        var answer = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        var (lost, twice, answerLost) = lossy ? (random.Next(8) == 0, random.Next(5) == 0, random.Next(8) == 0) : (false, false, false);
        if (lost) _underWay.Add(() => answer.TrySetException(new TimeoutException()));
        else
        {
            _underWay.Add(() =>
            {
                var reply = arrive();
                _underWay.Add(() => _ = answerLost ? answer.TrySetException(new TimeoutException()) : answer.TrySetResult(reply));
            });
        }

        // The copy may come long after the sender went on.
        if (twice) _underWay.Add(() => arrive());
        return answer.Task;
    }

    private sealed class Wire(LossyAccount account) : IAccountGrain
    {
        public Task<SliceReply> Take(SliceRequest request) => account.Send(() => account.Windows.Take(account.Limit(), request, account.Time.GetUtcNow()));

        public Task Return(SliceReturn reports) => account.Send(() =>
        {
            account.Windows.Return(account.Limit(), reports.Reports, account.Time.GetUtcNow());
            return true;
        });

        public Task<AccountStatus> Status() => Task.FromResult(account.Windows.Status(account.Limit(), account.Time.GetUtcNow()));
    }

    private AccountWindows Windows => windows;
    private Func<RateLimit?> Limit => limit;
    private TimeProvider Time => time;
}
