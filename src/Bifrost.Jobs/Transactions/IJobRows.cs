using Bifrost.Jobs.Rules;

namespace Bifrost.Jobs.Transactions;

/// <summary>The rows that one job transaction works on, locked. A change is seen by the next command of the same transaction.</summary>
public interface IJobRows
{
    /// <summary>The job, expired or not; null: unknown.</summary>
    JobRow? Job(Guid id);

    /// <summary>The counters of a key; begun at zero for a key that has none.</summary>
    JobKeyRecord Key(string virtualKeyId, int partition);

    JobFirstUse? FirstUse(string virtualKeyId, string idempotencyKey);

    void Insert(JobRow job, PackedSubmission submission);

    void Update(JobRow before, JobRow after);

    void InsertOutcome(Guid jobId, PackedOutcome outcome);

    void DeleteOutcome(Guid jobId);

    void SetFirstUse(string virtualKeyId, string idempotencyKey, JobFirstUse use);

    void Insert(JobDelivery delivery);
}
