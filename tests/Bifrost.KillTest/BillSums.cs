namespace Bifrost.KillTest;

/// <summary>What the comparison counted; money in nano-dollars.</summary>
internal sealed class BillSums
{
    public int Lines { get; set; }
    public long Billed { get; set; }
    public int Exact { get; set; }
    public long ExactCost { get; set; }
    public int Estimates { get; set; }
    public long EstimatedCost { get; set; }
    public long EstimatedBill { get; set; }
    public int EstimatesBelow { get; set; }
    public long ShortfallOfEstimates { get; set; }
    public int Errors { get; set; }
    public int ErrorsCharged { get; set; }
    public long ErrorsCost { get; set; }
    public int Lost { get; set; }
    public long LostCost { get; set; }
    public TimeSpan LostAgeMax { get; set; }
    public long Doubt { get; set; }
    public long Overdraft { get; set; }
}
