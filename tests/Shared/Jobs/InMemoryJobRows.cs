using Bifrost.Jobs.Transactions;
using Bifrost.Jobs.Rules;

namespace Bifrost.Testing;

/// <summary>The rows of jobs in plain dictionaries, for the product's own <see cref="JobTransaction"/>. Not thread-safe.</summary>
internal sealed class InMemoryJobRows : IJobRows
{
    public SortedDictionary<Guid, JobRow> Jobs { get; } = [];
    public Dictionary<Guid, PackedRequest> Requests { get; } = [];
    public Dictionary<Guid, PackedOutcome> Outcomes { get; } = [];
    public SortedDictionary<Guid, JobDelivery> Deliveries { get; } = [];
    public Dictionary<string, JobKeyRecord> Keys { get; } = new(StringComparer.Ordinal);
    public Dictionary<(string VirtualKeyId, string IdempotencyKey), JobFirstUse> FirstUses { get; } = [];

    public JobRow? Job(Guid id) => Jobs.GetValueOrDefault(id);

    public JobKeyRecord Key(string virtualKeyId, int partition)
    {
        if (!Keys.TryGetValue(virtualKeyId, out var key)) Keys.Add(virtualKeyId, key = new JobKeyRecord(virtualKeyId, partition));
        key.KeptBytes = KeptBytes(virtualKeyId);
        return key;
    }

    public JobFirstUse? FirstUse(string virtualKeyId, string idempotencyKey) => FirstUses.GetValueOrDefault((virtualKeyId, idempotencyKey));

    public void Insert(JobRow job, PackedSubmission submission)
    {
        Jobs.Add(job.Id, job);

        // The caller's buffer is its own again afterwards.
        var body = submission.Body with { Bytes = submission.Body.Bytes.ToArray() };
        Requests.Add(job.Id, new PackedRequest(submission.Call, body));
    }

    public void Update(JobRow before, JobRow after)
    {
        if (!ReferenceEquals(Jobs[after.Id], before)) throw new InvalidOperationException($"Job {after.Id} changed under its lock.");
        Jobs[after.Id] = after;
    }

    public void InsertOutcome(Guid jobId, PackedOutcome outcome) => Outcomes.Add(jobId, outcome);

    public void DeleteOutcome(Guid jobId) => Outcomes.Remove(jobId);

    public void SetFirstUse(string virtualKeyId, string idempotencyKey, JobFirstUse use) => FirstUses[(virtualKeyId, idempotencyKey)] = use;

    public void Insert(JobDelivery delivery) => Deliveries.Add(delivery.Id, delivery);

    /// <summary>What the ended jobs of a key keep, summed up.</summary>
    public long KeptBytes(string virtualKeyId) => Jobs.Values.Where(job => job.IsEnded && job.VirtualKeyId == virtualKeyId)
        .Sum(job => job.BodyBytes + (long)(Outcomes.GetValueOrDefault(job.Id)?.Body.Length ?? 0));

    public void Delete(JobRow job)
    {
        Jobs.Remove(job.Id);
        Requests.Remove(job.Id);
        Outcomes.Remove(job.Id);
    }
}
