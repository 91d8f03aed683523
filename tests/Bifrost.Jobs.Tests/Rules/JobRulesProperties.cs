using Bifrost.Jobs.Contracts;
using Bifrost.Jobs.Rules;
using CsCheck;

namespace Bifrost.Jobs.Tests.Rules;

/// <summary>Random runners, some with leases long lost, clients, sweeps and a clock that jumps: what no order of them may break.</summary>
public class JobRulesProperties
{
    private static readonly JobOptions s_options = new() { WaitMax = TimeSpan.FromMinutes(10) };

    private static readonly Gen<Command> s_command = Gen.Select(
        Gen.Int[0, 9], Gen.Int[0, 99], Gen.Int[0, 29], Gen.Int[-20, 59], (kind, lease, choice, seconds) => new Command(kind, lease, choice, seconds));

    [Fact]
    public void No_order_of_commands_breaks_a_job() => s_command.Array[0, 120].Sample(commands => new Life().Run(commands), iter: 2_000);

    [Fact]
    public void Every_job_ends_once_somebody_tries_and_time_goes_on() => Gen.Select(s_command.Array[0, 40], s_command.Array[1, 40]).Sample(
        (commands, later) =>
        {
            var life = new Life();
            life.Run(commands);
            Assert.True(life.StepsToEnd(later) <= 200);
        },
        iter: 500);

    /// <param name="Kind">What happens.</param>
    /// <param name="Lease">Which lease, or which runner, it comes from; modulo how many there are.</param>
    /// <param name="Choice">Of the command's own ways.</param>
    /// <param name="Seconds">A delay, or how far the clock moves.</param>
    private readonly record struct Command(int Kind, int Lease, int Choice, int Seconds);

    private sealed class Life
    {
        private readonly Guid[] _runners;
        private readonly List<(Guid Owner, long Fence)> _leases = [];
        private DateTimeOffset _now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
        private JobRow _job;

        public Life()
        {
            _runners = [.. Enumerable.Range(0, 3).Select(_ => Guid.CreateVersion7(_now))];
            _job = Submitted(_now);
        }

        public void Run(Command[] commands)
        {
            foreach (var command in commands) Step(command);
        }

        /// <summary>No help from outside: a runner that only breaks off, waits or stops, sweeps, and the clock. Of the commands only the leases, choices and delays are theirs.</summary>
        public int StepsToEnd(Command[] commands)
        {
            var steps = 0;
            for (; !_job.IsEnded && steps < 1_000; steps++)
            {
                var command = commands[steps % commands.Length];
                if (_job.Status == JobStatus.Processing) Step(command with { Kind = steps % 2 == 0 ? 4 : 6 });
                else if (_job.NotBefore <= _now) Step(command with { Kind = 0, Choice = 1 });
                _now += TimeSpan.FromSeconds(40);
            }

            return steps;
        }

        private void Step(Command command)
        {
            var before = _job;
            var (owner, fence) = _leases.Count == 0 ? (_runners[0], 0) : _leases[command.Lease % _leases.Count];
            switch (command.Kind)
            {
                case 0 or 1:
                    owner = _runners[command.Lease % _runners.Length];
                    var seen = command.Choice % 5 == 0 ? before.Fence - 1 : before.Fence;
                    Leased(before, Apply(JobRules.Lease(before, owner, seen, _now, s_options)), owner, seen);
                    break;
                case 2:
                    OnlyTheHolder(before, fence, Apply(JobRules.Renew(before, fence, _now, s_options)));
                    break;
                case 3:
                    var status = (JobStatus)((int)JobStatus.Completed + (command.Choice % (1 + (int)JobStatus.Cancelled - (int)JobStatus.Completed)));
                    OnlyTheHolder(before, fence, Apply(JobRules.End(before, fence, status, 200, null, _now)));
                    break;
                case 4 or 5:
                    var reason = (JobPutBackReason)(command.Choice % 3);
                    var delay = TimeSpan.FromSeconds(Math.Clamp(command.Seconds, -5, 29));
                    OnlyTheHolder(before, fence, Apply(JobRules.PutBack(before, fence, reason, delay, 429, "wait", _now, s_options)));
                    break;
                case 6:
                    Apply(JobRules.LoseLease(before, _now, s_options));
                    if (before.LeaseUntil > _now) Assert.Same(before, _job);
                    break;
                case 7 when command.Choice % 6 == 0:
                    Apply(JobRules.Cancel(before, _now));
                    Assert.NotEqual(JobStatus.Pending, _job.Status);
                    break;
                case 8 when command.Choice % 4 == 0:
                    if (Apply(JobRules.Retry(before, _now)).Won) Assert.Equal((JobStatus.Pending, 0, before.Fence), (_job.Status, _job.Attempts, _job.Fence));
                    return;
                default:
                    _now += TimeSpan.FromSeconds(command.Seconds);
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
