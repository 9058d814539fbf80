import edu.stanford.nlp.ling.CoreAnnotations.SentencesAnnotation;
import edu.stanford.nlp.ling.CoreAnnotations.TokensAnnotation;
import edu.stanford.nlp.ling.CoreLabel;
import edu.stanford.nlp.ling.IndexedWord;
import edu.stanford.nlp.pipeline.Annotation;
import edu.stanford.nlp.pipeline.StanfordCoreNLP;
import edu.stanford.nlp.semgraph.SemanticGraph;
import edu.stanford.nlp.semgraph.SemanticGraphCoreAnnotations.BasicDependenciesAnnotation;
import edu.stanford.nlp.semgraph.SemanticGraphCoreAnnotations.CollapsedCCProcessedDependenciesAnnotation;
import edu.stanford.nlp.semgraph.SemanticGraphEdge;
import edu.stanford.nlp.util.CoreMap;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Paths;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Labels texts, one a line, as the pipeline of SPICE does, by running CoreNLP 3.6.0. Writes for each text "#t " and the text, then for each of its
 * sentences a line a word (word, tag, lemma, head, name of the arc, between tabs) and "#c" with the collapsed, CC-processed arcs.
 *
 * java -Xmx3G -cp 'FOLDER_OF_THE_JARS/*' LabelCaptions.java texts.txt labelled.txt
 */
public class LabelCaptions {
  public static void main(String[] paths) throws Exception {
    Properties properties = new Properties();
    properties.setProperty("annotators", "tokenize,ssplit,parse,lemma");
    StanfordCoreNLP pipeline = new StanfordCoreNLP(properties);
    ExecutorService threads = Executors.newFixedThreadPool(Runtime.getRuntime().availableProcessors());
    List<String> texts = Files.readAllLines(Paths.get(paths[0]), StandardCharsets.UTF_8);
    List<Future<String>> labelled = new ArrayList<>();
    for (String text : texts) labelled.add(threads.submit(() -> label(pipeline, text)));
    try (PrintWriter out = new PrintWriter(Files.newBufferedWriter(Paths.get(paths[1]), StandardCharsets.UTF_8))) {
      for (int i = 0; i < texts.size(); i++) out.print("#t " + texts.get(i) + "\n" + labelled.get(i).get());
    }
    threads.shutdown();
  }

  static String label(StanfordCoreNLP pipeline, String text) {
    Annotation annotation = new Annotation(text);
    pipeline.annotate(annotation);
    StringBuilder out = new StringBuilder();
    for (CoreMap sentence : annotation.get(SentencesAnnotation.class)) {
      SemanticGraph basic = sentence.get(BasicDependenciesAnnotation.class);
      Map<Integer, String> heads = new HashMap<>();
      for (SemanticGraphEdge edge : basic.edgeListSorted()) {
        heads.put(edge.getDependent().index(), edge.getGovernor().index() + "\t" + edge.getRelation());
      }
      for (IndexedWord root : basic.getRoots()) heads.put(root.index(), "0\troot");
      for (CoreLabel token : sentence.get(TokensAnnotation.class)) {
        out.append(token.word() + "\t" + token.tag() + "\t" + token.lemma() + "\t" + heads.getOrDefault(token.index(), "0\tdep") + "\n");
      }
      out.append("#c");
      for (SemanticGraphEdge edge : sentence.get(CollapsedCCProcessedDependenciesAnnotation.class).edgeListSorted()) {
        out.append(" " + edge.getGovernor().index() + ">" + edge.getDependent().index() + ":" + edge.getRelation().toString().replace(' ', '_'));
      }
      out.append("\n\n");
    }
    return out.toString();
  }
}
