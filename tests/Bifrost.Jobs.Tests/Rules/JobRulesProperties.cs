using Bifrost.Jobs.Contracts;
using Bifrost.Jobs.Rules;
using FsCheck;
using FsCheck.Fluent;

namespace Bifrost.Jobs.Tests.Rules;

/// <summary>Random runners, some with leases long lost, clients, sweeps and a clock that jumps: what no order of them may break.</summary>
public class JobRulesProperties
{
    private static readonly JobOptions s_options = new() { WaitMax = TimeSpan.FromMinutes(10) };

    [Fact]
    public void No_order_of_commands_breaks_a_job() => Prop.ForAll<int>(seed => new Life(seed).Run(steps: 60)).Check(Config.QuickThrowOnFailure.WithMaxTest(2_000));

    [Fact]
    public void Every_job_ends_once_somebody_tries_and_time_goes_on() => Prop.ForAll<int>(seed =>
    {
        var life = new Life(seed);
        life.Run(steps: 20);
        Assert.True(life.StepsToEnd() <= 200);
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(500));

    private sealed class Life
    {
        private readonly Random _random;
        private readonly Guid[] _runners;
        private readonly List<(Guid Owner, long Fence)> _leases = [];
        private DateTimeOffset _now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
        private JobRow _job;

        public Life(int seed)
        {
            _random = new Random(seed);
            _runners = [.. Enumerable.Range(0, 3).Select(_ => Guid.CreateVersion7(_now))];
            _job = Submitted(_now);
        }

        public void Run(int steps)
        {
            for (var i = 0; i < steps; i++) Step(_random.Next(10));
        }

        /// <summary>No help from outside: a runner that only breaks off, waits or stops, sweeps, and the clock.</summary>
        public int StepsToEnd()
        {
            var steps = 0;
            for (; !_job.IsEnded && steps < 1_000; steps++)
            {
                if (_job.Status == JobStatus.Processing) Step(_random.Next(2) == 0 ? 4 : 6);
                else if (_job.NotBefore <= _now) Step(0);
                _now += TimeSpan.FromSeconds(40);
            }

            return steps;
        }

        private void Step(int kind)
        {
            var before = _job;
            var (owner, fence) = _leases.Count == 0 ? (_runners[0], 0) : _leases[_random.Next(_leases.Count)];
            switch (kind)
            {
                case 0 or 1:
                    owner = _runners[_random.Next(_runners.Length)];
                    var seen = _random.Next(5) == 0 ? before.Fence - 1 : before.Fence;
                    Leased(before, Apply(JobRules.Lease(before, owner, seen, _now, s_options)), owner, seen);
                    break;
                case 2:
                    OnlyTheHolder(before, fence, Apply(JobRules.Renew(before, fence, _now, s_options)));
                    break;
                case 3:
                    var status = (JobStatus)_random.Next((int)JobStatus.Completed, (int)JobStatus.Cancelled + 1);
                    OnlyTheHolder(before, fence, Apply(JobRules.End(before, fence, status, 200, null, _now)));
                    break;
                case 4 or 5:
                    var reason = (JobPutBackReason)_random.Next(3);
                    var delay = TimeSpan.FromSeconds(_random.Next(-5, 30));
                    OnlyTheHolder(before, fence, Apply(JobRules.PutBack(before, fence, reason, delay, 429, "wait", _now, s_options)));
                    break;
                case 6:
                    Apply(JobRules.LoseLease(before, _now, s_options));
                    if (before.LeaseUntil > _now) Assert.Same(before, _job);
                    break;
                case 7 when _random.Next(6) == 0:
                    Apply(JobRules.Cancel(before, _now));
                    Assert.NotEqual(JobStatus.Pending, _job.Status);
                    break;
                case 8 when _random.Next(4) == 0:
                    if (Apply(JobRules.Retry(before, _now)).Won) Assert.Equal((JobStatus.Pending, 0, before.Fence), (_job.Status, _job.Attempts, _job.Fence));
                    return;
                default:
                    _now += TimeSpan.FromSeconds(_random.Next(-20, 60));
                    break;
            }

            if (before.IsEnded) Assert.Same(before, _job);
        }

        private JobStep Apply(JobStep step)
        {
            var before = _job;
            _job = step.Row;
            if (!step.Won) Assert.Same(before, _job);
            Assert.True(_job.Fence == before.Fence || (_job.Fence == before.Fence + 1 && before.Status == JobStatus.Pending), "the fence grows at a lease alone");
            Assert.InRange(_job.Attempts, 0, s_options.AttemptsMax);
            Assert.InRange(_job.Drains, 0, s_options.DrainsMax);
            Assert.Equal(_job.Status == JobStatus.Processing, _job.LeaseUntil is not null);
            Assert.Equal(_job.IsEnded, _job.EndedAt is not null);
            Assert.Equal(_job.EndedAt?.AddSeconds(_job.ResultTtlSeconds), _job.ExpiresAt);
            if (_job.Status == JobStatus.Pending) Assert.True(_job.Attempts < s_options.AttemptsMax, "a pending job may run again");
            return step;
        }

        private void Leased(JobRow before, JobStep step, Guid owner, long seen)
        {
            if (!step.Won) return;
            Assert.Equal((JobStatus.Processing, owner), (_job.Status, _job.Owner));
            if (ReferenceEquals(before, _job)) return;
            Assert.True(before.NotBefore <= _now);
            Assert.Equal(before.Fence, seen);
            Assert.Equal(before.Attempts + 1, _job.Attempts);
            _leases.Add((owner, _job.Fence));
        }

        private void OnlyTheHolder(JobRow before, long fence, JobStep step)
        {
            if (before.Status != JobStatus.Processing || before.Fence != fence) Assert.Same(before, step.Row);
            else Assert.True(step.Won);
        }
    }

    internal static JobRow Submitted(DateTimeOffset now) => JobRules.New(
        new JobSubmission
        {
            JobId = Guid.CreateVersion7(now), VirtualKeyId = "vk", Body = new byte[10], Call = new JobCall { RequestId = "req" }, ResultTtlSeconds = 60,
        },
        now,
        partitions: 4);
}
