// The public functions, classes and constants that have no source to name: nobody's paper, format, data set or function is behind them.

/** Groups of them, a package's folder before its names. */
export const WITHOUT_SOURCE = [
  {
    why: "they check what a program was given, or what it runs on, by rules of our own",
    names: { backend: ["selfCheck"], data: ["checkDataset", "verify"], metrics: ["checkStudyOptions"], scale: ["refuseRunFiles"] },
  },
  {
    why: "they choose, join and read records of data sets, and say what is in them",
    names: { data: ["classNames", "concatDatasets", "describe", "loadImages", "subsetDataset"] },
  },
  {
    why: "they put records into batches, in an order that the seed and the step alone decide",
    names: {
      data: ["batchPlan", "batches"],
      train: ["captionBatches", "clipBatches", "featureBatches", "featurePairBatches"],
    },
  },
  {
    why: "they keep what a model made of a data set, in a form of our own",
    names: { data: ["embedDataset", "folderFeatureCache", "memoryFeatureCache"], metrics: ["saveParaphrases"] },
  },
  {
    why: "baselines and a score for captions that were thought of here",
    names: { metrics: ["bestFixedCaption", "mostFrequentCaption", "namesClass"] },
  },
  {
    why: "they make captions wrong for the study of metrics, by rules of our own",
    names: {
      metrics: [
        ...["deleteWords", "repeatWords", "shuffleWords"],
        ...["objectsOf", "swapColour", "swapNumber", "swapObject", "swapRelation"],
      ],
    },
  },
  {
    why: "they write a study, or a run, as tables and pages of our own",
    names: { metrics: ["studyCaptionsTsv", "studyJson", "studyTsv"], train: ["renderRunReport"] },
  },
  {
    why: "they are the names that a study knows, whose functions have sources of their own",
    names: { metrics: ["STUDY_METRICS", "STUDY_PERTURBATIONS"] },
  },
  {
    why: "they hold a model's weights and rows in memory, by their names",
    names: { models: ["Parameters", "Vocabulary", "belowPrefix", "lazyOf", "readAll"] },
  },
  {
    why: "they cut work into shards and do them, in folders laid out by ourselves",
    names: { scale: ["openShardRun", "runShards", "shardsOf", "shareOfRun"] },
  },
  {
    why: "they are this project's loop, what listens to it, and its commands",
    names: { data: ["runDataCli"], train: ["captionDataset", "fit", "logTo", "progressLogger"] },
  },
];
