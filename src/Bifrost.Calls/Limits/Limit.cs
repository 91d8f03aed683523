namespace Bifrost.Calls.Limits;

/// <summary>The limits that keep one caller from taking what belongs to all; each has a row in docs/operations.md.</summary>
public enum Limit
{
    BodyRoom,
    BodyKey,
    BodyAddress,
    BodyProgress,
    BodyChecked,
    Connections,
    ConnectionsAddress,
    SlotsKey,
    SlotsQueue,
    Circuits,
    DrainsAll,
    DrainsKey,
    AnswersRoom,
    AnswersKey,
    StoreRoom,
    KeptJobsKey,
    JobReadsKey,
    UnknownJobs,
    Credentials,
    AdminCredentials,
}
