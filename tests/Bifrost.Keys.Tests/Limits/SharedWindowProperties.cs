using Bifrost.Catalog.Model;
using Bifrost.Keys.Limits;
using Bifrost.Ledger.Windows;

namespace Bifrost.Keys.Tests.Limits;

/// <summary>
/// Several keys spend one account's windows over a network that loses, repeats, delays and swaps messages, while windows roll. A second
/// bookkeeping, of the calls alone, says what passed in each window.
/// </summary>
public class SharedWindowProperties
{
    private static readonly AccountLimits Limits = new() { IdleKept = TimeSpan.Zero };

    [Fact]
    public void All_holders_together_never_pass_the_limit_in_a_window() =>
        Seeds.Check(400, seed => Run(seed, lossy: true));

    [Fact]
    public void When_nothing_is_lost_the_account_knows_what_was_used_to_the_token() =>
        Seeds.Check(200, seed => Run(seed, lossy: false));

    private static void Run(int seed, bool lossy)
    {
        using var turns = new Turns();
        var world = new World(new Random(seed), turns, lossy);
        for (var step = 0; step < 400; step++) world.Step();
        world.Settle();
    }

    private sealed class World
    {
        private readonly Random _random;
        private readonly Turns _turns;
        private readonly bool _lossy;
        private readonly FakeTimeProvider _time = new();
        private readonly AccountWindows _account = new(Limits);
        private readonly LossyAccount _network;
        private readonly AccountSlices[] _holders;
        private readonly RateLimit _limit;
        private readonly List<Call> _calls = [];
        private int _waiting;

        public World(Random random, Turns turns, bool lossy)
        {
            (_random, _turns, _lossy) = (random, turns, lossy);
            _limit = new RateLimit
            {
                RequestsMax = random.Next(1, 60),
                TokensMax = random.Next(100, 4_000),
                RequestPeriod = new WindowPeriod(random.Next(2, 20), PeriodUnit.Second, CalendarAligned: false),
                TokenPeriod = new WindowPeriod(random.Next(2, 20), PeriodUnit.Second, CalendarAligned: false),
            };
            _network = new LossyAccount(_account, () => _limit, _time, random, lossy);
            _holders = new AccountSlices[random.Next(1, 5)];
            for (var i = 0; i < _holders.Length; i++) _holders[i] = new AccountSlices($"vk{i}", _network.Line, new KeyTurn(), _time, Limits);
        }

        private record struct Call(AccountSlices Holder, SliceUse Use, DateTimeOffset At, long Tokens, bool Running, bool Sent);

        public void Step()
        {
            switch (_random.Next(10))
            {
                case < 3:
                    _ = BeginAsync(_holders[_random.Next(_holders.Length)], _random.Next(1, 300));
                    break;
                case < 5:
                    End();
                    break;
                case < 8:
                    if (_network.UnderWay > 0) _network.DeliverOne();
                    break;
                case 8:
                    _time.Advance(TimeSpan.FromMilliseconds(_random.Next(1, 1_500)));
                    break;
                default:
                    _ = _holders[_random.Next(_holders.Length)].ReturnAsync(all: _random.Next(5) == 0);
                    break;
            }

            _turns.Drain();
            Check();
        }

        /// <summary>Everything ends, everything is reported.</summary>
        public void Settle()
        {
            while (_calls.Exists(c => c.Running)) End();
            for (var round = 0; round < 200; round++)
            {
                foreach (var holder in _holders) _ = holder.ReturnAsync(all: true);
                while (_network.UnderWay > 0)
                {
                    _network.DeliverOne();
                    _turns.Drain();
                    while (_calls.Exists(c => c.Running)) End();
                }

                _turns.Drain();
                if (_waiting == 0 && Array.TrueForAll(_holders, h => !h.Owes)) break;
            }

            Check();
            Assert.Equal(0, _waiting);
            Assert.All(_holders, h => Assert.True(h.IsIdle));
            if (_lossy) return;
            var now = _time.GetUtcNow();
            var status = _account.Status(_limit, now);
            Assert.Equal(0, status.SlicesOut);
            Assert.Equal((Requests(now), 0L), (status.Requests!.Used, status.Requests.Held));
            Assert.Equal((Tokens(now), 0L), (status.Tokens!.Used, status.Tokens.Held));
        }

        private async Task BeginAsync(AccountSlices holder, long tokens)
        {
            _waiting++;
            var answer = await holder.HoldAsync(tokens);
            _waiting--;
            if (answer.Slice is not { } slice) return;
            var use = new SliceUse(holder, slice, tokens);

            // As at admission: a window that ended meanwhile is not spent.
            if (holder.IsInWindow(slice)) _calls.Add(new Call(holder, use, _time.GetUtcNow(), tokens, Running: true, Sent: true));
            else holder.End(use, 0, sent: false);
        }

        private void End()
        {
            var index = _calls.FindIndex(c => c.Running && _random.Next(3) == 0);
            if (index < 0) return;
            var call = _calls[index];
            var sent = _random.Next(6) > 0;
            var used = sent ? _random.NextInt64(call.Tokens + 1) : 0;
            call.Holder.End(call.Use, used, sent);
            _calls[index] = call with { Tokens = used, Running = false, Sent = sent };
        }

        private void Check()
        {
            var now = _time.GetUtcNow();
            Assert.InRange(Requests(now), 0, _limit.RequestsMax!.Value);
            Assert.InRange(Tokens(now), 0, _limit.TokensMax!.Value);
            var status = _account.Status(_limit, now);
            Assert.InRange(status.Requests!.Used + status.Requests.Held, Requests(now), _limit.RequestsMax.Value);
            Assert.InRange(status.Tokens!.Used + status.Tokens.Held, Tokens(now), _limit.TokensMax.Value);
        }

        private long Requests(DateTimeOffset now) =>
            _calls.Count(c => c.Sent && StartOf(c.At, _limit.RequestPeriod) == StartOf(now, _limit.RequestPeriod));

        private long Tokens(DateTimeOffset now) =>
            _calls.Where(c => StartOf(c.At, _limit.TokenPeriod) == StartOf(now, _limit.TokenPeriod)).Sum(c => c.Tokens);

        private static long StartOf(DateTimeOffset at, WindowPeriod period) => at.ToUnixTimeMilliseconds() / (period.Count * 1_000L);
    }
}
