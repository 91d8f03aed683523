namespace Bifrost.Simulation;

/// <summary>A fault planted into the store, to see that it is noticed.</summary>
internal enum LedgerFlaw
{
    None,
    RefusalLeavesNoTombstone,
    CloseLeavesNoTombstone,
    NeverTrims,
    PostsAgain,
    SettlesIntoTheNextWindow,
    GrantsWhatItForgot,
    LosesABudgetChange,
    GrantsOneMoreThanIsFree,
    LeaveNeverArrives,
    LeaveForgetsItsHolds,
}
